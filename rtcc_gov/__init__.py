"""The project: settings, addresses, queue; it wires everything and decides nothing."""
