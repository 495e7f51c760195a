"""The demo city: vehicles, staff and a year of accesses, all invented, over real positions and real case numbers."""
