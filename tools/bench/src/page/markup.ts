/** HTML and SVG as text. Whatever comes from outside goes through {@link text} or an attribute, which escape it. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export function text(words: string): string {
  return words.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

/** Attributes are escaped, children are markup already. Numbers keep two decimals. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes).map(
    ([key, value]) =>
      ` ${key}="${typeof value === 'number' ? String(Math.round(value * 100) / 100) : text(value)}"`,
  );
  return `<${name}${written.join('')}>${children.join('')}</${name}>`;
}
