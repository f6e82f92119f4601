"""Settings of those whom a market works with outside: payment gateways, carriers, tax providers. Part of core/settings.py."""

from core import env

PROFILE = env.choice("SOKO_PROFILE", "embedded", ("embedded", "production"))
EMBEDDED = PROFILE == "embedded"

# --- Payments --------------------------------------------------------------------------------------------------------
GATEWAYS = env.words("SOKO_GATEWAYS", "mock" if EMBEDDED else "", ("mock", "stripe", "chapa", "paypal"))
GATEWAY_SECONDS: float = env.number("SOKO_GATEWAY_SECONDS", 6, least=1, most=30)
MOCK_GATEWAY_URL = env.text("SOKO_MOCK_GATEWAY_URL")
MOCK_GATEWAY_SECRET = env.secret("SOKO_MOCK_GATEWAY_SECRET", "embedded-only-" + "m" * 50 if EMBEDDED else "")
PAYMENT_RETURN_URL = env.text("SOKO_PAYMENT_RETURN_URL")
STRIPE_URL = env.text("SOKO_STRIPE_URL") or "https://api.stripe.com"
STRIPE_SECRET = env.secret("SOKO_STRIPE_SECRET")
STRIPE_WEBHOOK_SECRET = env.secret("SOKO_STRIPE_WEBHOOK_SECRET")
STRIPE_CAPTURE = env.choice("SOKO_STRIPE_CAPTURE", "automatic", ("automatic", "manual"))
CHAPA_URL = env.text("SOKO_CHAPA_URL") or "https://api.chapa.co"
CHAPA_SECRET = env.secret("SOKO_CHAPA_SECRET")
CHAPA_WEBHOOK_SECRET = env.secret("SOKO_CHAPA_WEBHOOK_SECRET")
PAYPAL_URL = env.text("SOKO_PAYPAL_URL") or "https://api-m.sandbox.paypal.com"
PAYPAL_CLIENT = env.text("SOKO_PAYPAL_CLIENT")
PAYPAL_SECRET = env.secret("SOKO_PAYPAL_SECRET")
PAYPAL_WEBHOOK = env.text("SOKO_PAYPAL_WEBHOOK")

# --- Shipping and tax ------------------------------------------------------------------------------------------------
CARRIERS = env.words("SOKO_CARRIERS", allowed=("dhl", "fedex"))
CARRIER_SECONDS: float = env.number("SOKO_CARRIER_SECONDS", 4, least=1, most=30)
DHL_URL = env.address("SOKO_DHL_URL") or "https://express.api.dhl.com/mydhlapi"
DHL_USER, DHL_PASSWORD = env.secret("SOKO_DHL_USER"), env.secret("SOKO_DHL_PASSWORD")
DHL_ACCOUNT = env.secret("SOKO_DHL_ACCOUNT")
FEDEX_URL = env.address("SOKO_FEDEX_URL") or "https://apis.fedex.com"
FEDEX_KEY, FEDEX_SECRET = env.secret("SOKO_FEDEX_KEY"), env.secret("SOKO_FEDEX_SECRET")
FEDEX_ACCOUNT = env.secret("SOKO_FEDEX_ACCOUNT")
TAX_PROVIDER = env.choice("SOKO_TAX_PROVIDER", "table", ("table", "avalara", "taxjar"))
TAX_SECONDS: float = env.number("SOKO_TAX_SECONDS", 3, least=1, most=30)
AVALARA_URL = env.address("SOKO_AVALARA_URL") or "https://rest.avatax.com"
AVALARA_ACCOUNT, AVALARA_KEY = env.secret("SOKO_AVALARA_ACCOUNT"), env.secret("SOKO_AVALARA_KEY")
AVALARA_COMPANY = env.text("SOKO_AVALARA_COMPANY", "DEFAULT")
TAXJAR_URL = env.address("SOKO_TAXJAR_URL") or "https://api.taxjar.com"
TAXJAR_KEY = env.secret("SOKO_TAXJAR_KEY")
