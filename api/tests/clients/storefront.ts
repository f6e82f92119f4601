// A storefront written against the generated types: wrong use must not compile (the test checks that too).
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Card = components["schemas"]["ListingCard"];

const base = process.argv[2] ?? "";
const api = createClient<paths>({ baseUrl: base });

async function main(): Promise<void> {
  const page = await api.GET("/api/v1/listings", { params: { query: { limit: 3, order: ["-price"], expand: ["category"] } } });
  if (page.error) throw new Error(page.error.detail);
  const cards: Card[] = page.data.items;
  const first = cards[0];
  if (!first) throw new Error("no listing");
  const amount: number = first.price === null ? 0 : first.price.amount;
  const one = await api.GET("/api/v1/listings/{listing_id}", { params: { path: { listing_id: first.slug } } });
  if (one.error) throw new Error(one.error.detail);
  const contact = await api.POST("/api/v1/contacts", { body: { listing: first.slug, channel: "call" } });
  const refused = await api.GET("/api/v1/listings", { params: { query: { nonsense: 1 } as never } });
  console.log(JSON.stringify({ count: cards.length, amount, title: one.data.title, contact: contact.data ?? contact.error, refused: refused.error?.code }));
}

void main();
