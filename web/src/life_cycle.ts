// Figure 1: the share of each phase in the total of each criterion, with the interval of the total.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from "echarts";
import { baseOption, type Drawing, type Figure } from "./chart";
import { key, labelled, phaseColour, readableOn, textOf, tooltip, twoLines, type Palette } from "./page";
import { totalsOf, type Result } from "./result";

const ROW = 64;
const BAR = 26;
// Beyond this the whisker is cut, so that one wide interval does not squeeze every bar.
const WIDEST = 250;

const table = (): ParentNode => document.getElementById("table-life-cycle") ?? document;

function cell(phase: string, criterion: string, part: string): string {
  return textOf(table(), `td[data-phase="${CSS.escape(phase)}"][data-criterion="${CSS.escape(criterion)}"] ${part}`);
}

function unitOf(result: Result, criterion: string): string {
  const column = result.criteria.findIndex((c) => c.code === criterion) + 2;
  return textOf(table(), `thead th:nth-child(${column}) .unit`).split(", ").slice(1).join(", ");
}

/** Phases with figures, in the order of the table. */
function phasesOf(result: Result): string[] {
  const rows = [...table().querySelectorAll<HTMLElement>("tbody tr[data-phase]")];
  return rows.map((r) => r.dataset["phase"] ?? "").filter((p) => result.impacts.some((i) => i.phase === p));
}

const labelOf = (phase: string): string =>
  textOf(table(), `tbody tr[data-phase="${CSS.escape(phase)}"] th`) || phase;

function draw(result: Result, p: Palette, width: number): Drawing {
  const totals = totalsOf(result);
  const left = Math.min(190, Math.round(width * 0.36));
  const highest = Math.max(100, ...totals.map(({ total }) => (100 * total.p95) / total.value));
  const lowest = Math.min(0, ...result.impacts.map((i) => {
    const total = totals.find((t) => t.criterion.code === i.criterion)?.total.value ?? 0;
    return total > 0 ? (100 * i.value) / total : 0;
  }));
  const max = Math.min(WIDEST, Math.ceil(highest / 25) * 25);
  const bars = phasesOf(result).map((phase) => {
    const colour = phaseColour(phase);
    return {
      type: "bar" as const,
      name: labelOf(phase),
      stack: "life",
      barWidth: BAR,
      itemStyle: { color: colour, borderColor: p.paper, borderWidth: 1 },
      emphasis: { focus: "series" as const },
      label: {
        show: true,
        color: readableOn(colour),
        fontSize: 12,
        // A label needs about 34 pixels; thinner segments are read from the table.
        formatter: ({ value }: { value?: unknown }) =>
          typeof value === "number" && (value / max) * (width - left - 24) > 34 ? `${Math.round(value)} %` : "",
      },
      data: totals.map(({ criterion, total }) => {
        const impact = result.impacts.find((i) => i.phase === phase && i.criterion === criterion.code);
        return impact === undefined ? 0 : (100 * impact.value) / total.value;
      }),
      tooltip: {
        formatter: (item: unknown) => {
          const at = totals[(item as { dataIndex: number }).dataIndex];
          if (at === undefined) return "";
          const code = at.criterion.code;
          const range = cell(phase, code, ".range");
          return tooltip([
            `${labelOf(phase)}, ${labelled(at.criterion.name)}`,
            `${cell(phase, code, ".value")} ${unitOf(result, code)}${range === "" ? "" : ` (${range})`}`,
            `${cell(phase, code, ".share span")} of the total`,
          ]);
        },
      },
    };
  });
  const whisker = (api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
    const row = api.value(0);
    const from = api.coord([Math.max(lowest, Number(api.value(1))), row]);
    const high = Number(api.value(2));
    const to = api.coord([Math.min(max, high), row]);
    const y = (from[1] ?? 0) + BAR / 2 + 7;
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: "line" as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: p.ink, lineWidth: 1.5 },
    });
    const [x1, x2] = [from[0] ?? 0, to[0] ?? 0];
    const ends = high > max ? [line(x1, y - 4, x1, y + 4)] : [line(x1, y - 4, x1, y + 4), line(x2, y - 4, x2, y + 4)];
    return { type: "group", children: [line(x1, y, x2, y), ...ends] };
  };
  return {
    height: totals.length * ROW + 44,
    option: {
      ...baseOption(p),
      grid: { left, right: 24, top: 8, bottom: 36 },
      xAxis: {
        type: "value",
        min: Math.floor(lowest / 25) * 25,
        max,
        interval: 25,
        axisLabel: { formatter: "{value} %", color: p.soft, hideOverlap: true },
        splitLine: { lineStyle: { color: p.rule } },
      },
      yAxis: {
        type: "category",
        inverse: true,
        data: totals.map(({ criterion }) => criterion.code),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: p.ink } },
        axisLabel: {
          formatter: (code: string) => {
            // A name that does not fit gives way to its code; the table below has both.
            const full = labelled(totals.find((t) => t.criterion.code === code)?.criterion.name ?? code);
            // 7.5 pixels is the mean width of a character at this size in the widest of the page's fonts.
            const lines = twoLines(full, Math.floor((left - 14) / 7.5)) ?? [code];
            return `${lines.map((line) => `{name|${line}}`).join("\n")}\n{total|${cell("total", code, ".value")} ${unitOf(result, code)}}`;
          },
          rich: {
            name: { color: p.ink, fontSize: 13, lineHeight: 16, align: "right" },
            total: { color: p.soft, fontSize: 12, lineHeight: 16, align: "right" },
          },
        },
      },
      series: [
        ...bars,
        {
          type: "custom",
          name: "P5–P95 of the total",
          silent: true,
          clip: false,
          z: 5,
          renderItem: (_params, api) => whisker(api),
          encode: { x: [1, 2], y: 0 },
          data: totals.map(({ total }, i) => [i, (100 * total.p5) / total.value, (100 * total.p95) / total.value]),
        },
      ],
    },
  };
}

export function lifeCycle(result: Result): Figure | null {
  const element = document.getElementById("chart-life-cycle");
  if (element === null || totalsOf(result).length === 0) return null;
  return {
    element,
    controls: (row) => row.append(key(phasesOf(result).map((p) => ({ colour: phaseColour(p), label: labelOf(p) })))),
    draw: (p, width) => draw(result, p, width),
  };
}
