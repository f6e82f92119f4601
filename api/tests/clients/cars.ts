// A client built for two categories: what a listing may say follows from its category, and wrong use must not compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Card = components["schemas"]["ListingCard"];

declare const CARS: CarsId;
const base = process.argv[2] ?? "";
const api = createClient<paths>({ baseUrl: base });

function told(card: Card): string {
  if ("make" in card.attributes) return `${card.attributes.make ?? ""} ${card.attributes.year ?? 0}`;
  return "another";
}

async function main(): Promise<void> {
  const page = await api.GET("/api/v1/listings", {
    params: { query: { limit: 3, "attr.make": ["toyota"], "attr.year_min": 2000, category: "cars" } },
  });
  if (page.error) throw new Error(page.error.detail);
  const years: number[] = page.data.items.map((card) => ("year" in card.attributes ? (card.attributes.year ?? 0) : 0));
  const makes: ("toyota" | "nissan" | undefined)[] = [];
  for (const card of page.data.items) {
    if (card.category_id === CARS) {
      const make: components["schemas"]["CarsAttributes"]["make"] = card.attributes.make;
      if (make === "toyota") makes.push(make);
    }
  }
  console.log(JSON.stringify({ years, makes, told: page.data.items.map(told) }));
}

void main();
