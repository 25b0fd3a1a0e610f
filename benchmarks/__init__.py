"""What is timed, against which bar, and the record of what was measured: `make bench`."""
