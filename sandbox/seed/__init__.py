"""What a new sandbox is filled with."""
