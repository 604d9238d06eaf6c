"""The far end: everything here runs in a process with Java, and only there."""
