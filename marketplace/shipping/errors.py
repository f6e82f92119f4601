"""What shipping refuses."""

from core.errors import Conflict, Unavailable


class ShippingUnavailable(Conflict):
    code = "shipping_unavailable"
    sentence = "{vendor} does not send this to {place}."


class CarrierUnavailable(Unavailable):
    code = "carrier_unavailable"
    sentence = "{carrier} does not answer at the moment."
