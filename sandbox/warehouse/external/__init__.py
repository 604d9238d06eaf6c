"""Tables outside the warehouse: federated databases and the lake, found, planned for and read."""
