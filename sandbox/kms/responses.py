"""Answers of KMS: moto's, after the key is found across accounts and the caller's access to it is checked."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from cryptography.exceptions import InvalidTag
from moto.core.common_types import TYPE_RESPONSE
from moto.kms.exceptions import InvalidCiphertextException
from moto.kms.models import Key, kms_backends
from moto.kms.models import KmsBackend as MotoKmsBackend
from moto.kms.responses import KmsResponse as MotoKmsResponse
from moto.kms.utils import _deserialize_ciphertext_blob

from sandbox import identity
from sandbox.kms import access
from sandbox.kms.exceptions import IncorrectKey, InvalidCiphertext, Validation

DEFAULT_WINDOW = 30


class KmsResponse(MotoKmsResponse):
    """One KMS request."""

    @property
    def kms_backend(self) -> MotoKmsBackend:
        """The backend of the key's account where the request names it, else of the caller's."""
        key_id = self._get_param("KeyId")
        if isinstance(key_id, str) and key_id.startswith("arn:"):
            return access.backend_of(key_id, self.current_account, self.region)
        return kms_backends[self.current_account][self.region]

    @property
    def caller(self) -> identity.Caller:
        """Who asks, with the session's ARN only where it belongs to the account that moto sees."""
        caller = identity.current.get()
        return caller if caller.account == self.current_account else identity.Caller(self.current_account)

    def call_action(self) -> TYPE_RESPONSE:
        """Check access to the key that the request names, then let moto answer."""
        operation = self._get_action()
        key_id = self._get_param("KeyId")
        if operation != "Decrypt" and isinstance(key_id, str):
            key = self._find(key_id)
            if operation in access.USES or key.account_id != self.current_account:
                access.check(key, operation, self.caller)
        return super().call_action()

    def _find(self, key_id: str) -> Key:
        return access.find(key_id, self.current_account, self.region)

    def _validate_key_policy(self, key_id: str, action: str) -> None:
        """Leave it to `access`, which has looked at the whole policy already."""

    def decrypt(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html."""
        ciphertext = self._get_param("CiphertextBlob")
        key = self._key_of(ciphertext)
        named = self._get_param("KeyId")
        if named is not None and self._find(named).id != key.id:
            raise IncorrectKey("The key ID in the request is not the one the ciphertext was made with")
        access.check(key, "Decrypt", self.caller)
        plaintext = _decrypt(key, ciphertext, self._get_param("EncryptionContext", {}))
        return json.dumps(
            {
                "KeyId": key.arn,
                "Plaintext": base64.b64encode(plaintext).decode(),
                "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            }
        )

    def re_encrypt(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html."""
        ciphertext = self._get_param("CiphertextBlob")
        source = self._key_of(ciphertext)
        destination = self._find(self._get_param("DestinationKeyId"))
        access.check(source, "ReEncryptFrom", self.caller)
        access.check(destination, "ReEncryptTo", self.caller)
        plaintext = _decrypt(source, ciphertext, self._get_param("SourceEncryptionContext", {}))
        sealed, _ = _backend(destination).encrypt(
            destination.id, plaintext, self._get_param("DestinationEncryptionContext", {})
        )
        return json.dumps(
            {
                "CiphertextBlob": base64.b64encode(sealed).decode(),
                "KeyId": destination.arn,
                "SourceKeyId": source.arn,
            }
        )

    def create_alias(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html."""
        self._find(self._get_param("TargetKeyId"))
        return super().create_alias()

    def schedule_key_deletion(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html."""
        key = self._find(self._get_param("KeyId"))
        days = self._get_param("PendingWindowInDays", DEFAULT_WINDOW)
        deletion = self.kms_backend.schedule_key_deletion(key.id, days)
        return json.dumps(
            {
                "KeyId": key.arn,
                "DeletionDate": deletion,
                "KeyState": key.key_state,
                "PendingWindowInDays": days,
            }
        )

    def cancel_key_deletion(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html."""
        key = self._find(self._get_param("KeyId"))
        self.kms_backend.cancel_key_deletion(key.id)
        return json.dumps({"KeyId": key.arn})

    def create_grant(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html."""
        missing = [name for name in ("GranteePrincipal", "Operations") if not self._get_param(name)]
        if missing:
            raise Validation(f"1 validation error detected: {missing[0]} must not be null")
        return super().create_grant()

    def _key_of(self, ciphertext: bytes) -> Key:
        """Find the key that a ciphertext was made with; like AWS, whichever account it belongs to."""
        try:
            raw_id = _deserialize_ciphertext_blob(ciphertext).key_id
        except (struct.error, UnicodeDecodeError) as error:
            raise InvalidCiphertext("The ciphertext was not made by KMS") from error
        key = access.find_anywhere(raw_id, self.region)
        if key is None:
            raise InvalidCiphertext("The ciphertext refers to a key that does not exist in this Region")
        return key


def _backend(key: Key) -> MotoKmsBackend:
    return kms_backends[key.account_id][key.region]


def _decrypt(key: Key, ciphertext: bytes, context: dict[str, Any]) -> bytes:
    try:
        plaintext, _ = _backend(key).decrypt(ciphertext, context)
    except (InvalidTag, InvalidCiphertextException) as error:
        raise InvalidCiphertext("The ciphertext does not go with this encryption context") from error
    return plaintext
