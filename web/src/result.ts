// The parts of cradle.result/1 and cradle.comparison/1 that the charts read, from the data blocks of the page.

export interface Figure {
  value: number;
  p5: number;
  p50: number;
  p95: number;
}

export interface Criterion {
  code: string;
  name: string;
  unit: string;
}

export interface Impact extends Figure {
  phase: string;
  criterion: string;
}

export interface Total extends Figure {
  criterion: string;
}

/** The total of one criterion when one input stands at its P5 and at its P95. */
export interface Sensitivity {
  input: string;
  name: string;
  criterion: string;
  at_p5: number;
  at_p95: number;
}

export interface Result {
  criteria: Criterion[];
  impacts: Impact[];
  per_unit: Total[];
  sensitivity: Sensitivity[];
}

export interface ComparisonRow {
  criterion: string;
  a: Figure;
  b: Figure;
  difference: Figure;
}

export interface Comparison {
  rows: ComparisonRow[];
}

function block(id: string): unknown {
  const element = document.getElementById(id);
  return element === null ? null : JSON.parse(element.textContent ?? "null");
}

export function readResult(): Result {
  return block("cradle-data") as Result;
}

export function readComparison(): Comparison | null {
  return block("cradle-comparison") as Comparison | null;
}

/** The criteria that can be shown as a share: those whose total is above zero. */
export function totalsOf(result: Result): { criterion: Criterion; total: Total }[] {
  return result.criteria.flatMap((criterion) => {
    const total = result.per_unit.find((t) => t.criterion === criterion.code);
    return total !== undefined && total.value > 0 ? [{ criterion, total }] : [];
  });
}
