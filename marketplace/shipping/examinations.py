"""What the doctor asks of shipping: can each carrier be asked."""

from core.doctor import Ill, examines
from marketplace.shipping import carriers

NEVER_SENT = "SOKO00000000"


@examines("carriers", "Correct the carrier's address and secrets.")
def answering_carriers() -> str:
    """Each knows us, whether or not it knows a parcel that we make up."""
    for name in carriers.names():
        try:
            carriers.carrier_of(name).track(NEVER_SENT)
        except carriers.NotCarried:
            continue
        except carriers.CarrierFault as fault:
            raise Ill(
                f"The carrier {name} does not answer as it should ({fault}).",
                "Correct its address and secrets; meanwhile its methods cost their own price.",
            ) from None
    asked = ", ".join(carriers.names())
    return f"Asked and answering: {asked}." if asked else "None is asked: methods cost what they say."
