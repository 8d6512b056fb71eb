"""What generator and platform of a measurement must agree on."""

FACTORS = (
    "a21026", "a21002", "a34013", "a21005", "a21024", "a21018", "a24088", "a25002", "a01011", "a01012", "a01013", "a01014",
)  # fmt: skip
PASSWORD = "123456"
SM4_KEY = "30" * 16


def mn_of(number: int) -> str:
    return f"0100000A8900016F{number:08d}"
