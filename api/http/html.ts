/** Pages without scripts: what is put into one is escaped, unless it is a piece of a page itself. */

/** A piece of a page. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return `${part}`.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A piece of a page as a template: html`<p>${anything}</p>`. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, index) => (index === 0 ? '' : render(parts[index - 1] ?? '')) + text).join(''));
}
