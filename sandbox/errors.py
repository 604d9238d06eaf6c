"""What the sandbox says when it cannot go on."""


class SandboxError(Exception):
    """Something the user can put right; the message says what it is and how."""
