"""What contacts refuse."""

from core.errors import Conflict


class NoSuchChannel(Conflict):
    code = "no_such_channel"
    sentence = "This vendor cannot be reached by {channel} about this listing."
