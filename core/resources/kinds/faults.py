"""Why a value of a typed document is not taken."""


class Fault(ValueError):
    """Why a value is not taken: a code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence
