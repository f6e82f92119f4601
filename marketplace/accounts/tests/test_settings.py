"""What the settings promise about passwords and tokens."""

import os
import subprocess
import sys

from django.conf import settings
from ninja_jwt.settings import NinjaJWTSettings

from core import settings as product


def test_passwords_are_hashed_by_pbkdf2_first() -> None:
    assert product.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.PBKDF2PasswordHasher"


def test_every_key_of_the_token_library_is_said() -> None:
    """It would read those that are not from unprefixed environment variables, such as SIGNING_KEY."""
    assert set(NinjaJWTSettings.model_fields) == set(settings.NINJA_JWT)


def test_the_environment_does_not_reach_the_token_library() -> None:
    evil = {
        "SIGNING_KEY": "evil", "ALGORITHM": "HS512", "LEEWAY": "99999", "ISSUER": "evil", "AUDIENCE": "evil",
        "ACCESS_TOKEN_LIFETIME": "P365D", "JWK_URL": "https://evil.example/", "JSON_ENCODER": "evil",
    }  # fmt: skip
    script = (
        "import django; django.setup()\n"
        "from ninja_jwt.state import token_backend as b\n"
        "from marketplace.accounts.tokens import Access\n"
        "print(b.algorithm, b.leeway, b.issuer, b.audience, b.signing_key == 'evil', Access.lifetime, b.jwks_client, b.json_encoder)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **evil},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "HS256 0 soko soko False 0:15:00 None None"
