// What the charts take from the page around them: colours from its style, and wording from its tables.

/** Colours of the scheme in force (light, dark, paper). */
export interface Palette {
  ink: string;
  soft: string;
  rule: string;
  paper: string;
  panel: string;
  accent: string;
  accentLight: string;
  good: string;
  alarm: string;
  font: string;
}

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read("ink"),
    soft: read("soft"),
    rule: read("rule"),
    paper: read("paper"),
    panel: read("panel"),
    accent: read("accent"),
    accentLight: read("accent-light"),
    good: read("good"),
    alarm: read("alarm"),
    font: read("sans"),
  };
}

/** The one colour of a phase; phases outside the vocabulary share one. */
export function phaseColour(phase: string): string {
  const style = getComputedStyle(document.documentElement);
  const own = style.getPropertyValue(`--phase-${CSS.escape(phase)}`).trim();
  return own !== "" ? own : style.getPropertyValue("--phase-other").trim();
}

/** Black or white, whichever reads better on a colour "#rrggbb" (relative luminance of WCAG 2, section 1.4.3). */
export function readableOn(colour: string): string {
  const channel = (at: number): number => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

/** The text of the first element that matches, without surplus white space; "" if there is none. */
export function textOf(root: ParentNode, selector: string): string {
  return (root.querySelector(selector)?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** The name of a criterion as a label: with a capital, without what stands in brackets at its end. */
export function labelled(name: string): string {
  const short = name.replace(/\s*\([^()]*\)$/, "");
  return short.charAt(0).toUpperCase() + short.slice(1);
}

/** A text in at most two lines of `characters`, broken between words; null if it does not fit. */
export function twoLines(text: string, characters: number): string[] | null {
  if (text.length <= characters) return [text];
  const at = text.lastIndexOf(" ", characters);
  if (at < 0 || text.length - at - 1 > characters) return null;
  return [text.slice(0, at), text.slice(at + 1)];
}

/** "+14.9 %", "−3 %": a change with its sign, in percent. */
export function change(percent: number): string {
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  const sign = percent > 0 ? "+" : percent < 0 ? "\u2212" : "";
  return `${sign}${Math.abs(percent).toFixed(digits)} %`;
}

/** The same for an axis, whose steps are round numbers: "+5 %", "0 %". */
export function tick(percent: number): string {
  const sign = percent > 0 ? "+" : percent < 0 ? "\u2212" : "";
  return `${sign}${parseFloat(Math.abs(percent).toPrecision(3))} %`;
}

/** A tooltip of plain lines, the first one bold; built from text, so that no name in the data can be markup. */
export function tooltip(lines: string[]): HTMLElement {
  const box = document.createElement("div");
  lines.forEach((line, i) => {
    const row = document.createElement(i === 0 ? "strong" : "div");
    row.textContent = line;
    box.append(row);
  });
  return box;
}

/** A key to colours above a chart. */
export function key(entries: { colour: string; label: string }[]): HTMLElement {
  const list = document.createElement("ul");
  list.className = "key";
  for (const { colour, label } of entries) {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.style.background = colour;
    item.append(swatch, label);
    list.append(item);
  }
  return list;
}
