"""Who will be paid: recipients of each scheme by year, as stock and flow, from the projected people and their draws."""
