"""A county's workbook: its tables and assumptions as sheets that people fill in, written, read as they come back, and marked."""
