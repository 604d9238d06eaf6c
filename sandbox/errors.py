"""What the sandbox says when it cannot go on, and to AWS clients when it will not."""


class SandboxError(Exception):
    """Something the user can put right; the message says what it is and how."""


class Refused(Exception):
    """A call that AWS refuses; the gateway answers it in the protocol of the call.

    For errors that moto's models of a service do not have.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class NotAuthorized(Refused):
    """No resource policy lets the caller do this, or one denies it."""

    def __init__(self, code: str, *, caller: str, action: str, resource: str) -> None:
        super().__init__(
            code,
            f"User: {caller} is not authorized to perform: {action} on resource: {resource} "
            f"because no resource-based policy allows the {action} action",
            status=403,
        )
