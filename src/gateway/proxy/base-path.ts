/**
 * Streamlit's form of a base path: "" for none, otherwise with a slash in front and none at the
 * end.
 */
export function normalBasePath(basePath = ""): string {
  let start = 0;
  let end = basePath.length;
  while (start < end && basePath.charAt(start) === "/") start++;
  while (end > start && basePath.charAt(end - 1) === "/") end--;
  return start === end ? "" : `/${basePath.slice(start, end)}`;
}
