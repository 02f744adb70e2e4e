/**
 * Loads one of the packages in bench/package.json. They are no dependencies of the project, so
 * their types are not there when it is checked: each variant says what it uses.
 */
export async function importPeer<T>(name: string): Promise<T> {
  const loaded = (await import(name)) as { default?: T };
  return loaded.default ?? (loaded as T);
}
