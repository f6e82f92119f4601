"""What the doctor asks of tax: can the provider be asked, if there is one."""

from django.conf import settings
from django.utils import timezone

from core import context
from core.doctor import Ill, examines
from core.money import Money
from marketplace.taxes import flows, providers
from marketplace.taxes.assessing import Taxable
from marketplace.taxes.sales import Sale, Spot


@examines("tax", "Correct the provider's address and key.")
def answering_provider() -> str:
    """It knows us, and says the tax of something that we make up, or that it cannot."""
    if not flows.is_asked():
        return "The market's own table says what is tax."
    here = Spot(settings.DEFAULT_COUNTRY)
    line = Taxable(Money(10_000, settings.DEFAULT_CURRENCY))
    nothing = Money(0, settings.DEFAULT_CURRENCY)
    sale = Sale((line,), nothing, here, here, timezone.localdate(context.now()), is_included=False)
    try:
        providers.provider().assess(sale)
    except providers.CannotSay:
        pass
    except providers.ProviderFault as fault:
        raise Ill(
            f"The tax provider {settings.TAX_PROVIDER} does not answer as it should ({fault}).",
            "Correct its address and key; meanwhile the market's own table says what is tax.",
        ) from None
    return f"Asked and answering: {settings.TAX_PROVIDER}."
