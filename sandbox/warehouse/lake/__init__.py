"""The lake: queries unloaded to it, tables over it, and rows copied from it."""
