/** A page, as much as the test looks at. */
export function page(items: readonly string[]): Response {
  const list = items.map((item) => `<li>${item}</li>`).join("");
  return new Response(`<ul>${list}</ul>`, { headers: { "content-type": "text/html" } });
}
