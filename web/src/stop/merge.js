// SPDX-License-Identifier: BSD-3-Clause

/** The document after a JSON merge patch (RFC 7386); changes neither. */
export function merged(document, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
    return patch;
  }
  const isMap = document !== null && typeof document === 'object'
    && !Array.isArray(document);
  const result = isMap ? {...document} : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[name];
    } else {
      result[name] = merged(result[name], value);
    }
  }
  return result;
}
