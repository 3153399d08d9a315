// Figure: the paired difference of B to A in each criterion, as a share of A, with its interval.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from "echarts";
import { baseOption, type Drawing, type Figure } from "./chart";
import { change, labelled, tick, tooltip, type Palette } from "./page";
import type { Comparison, ComparisonRow, Result } from "./result";

const ROW = 46;

const rowsOf = (comparison: Comparison): ComparisonRow[] => comparison.rows.filter((r) => r.a.value > 0);

function draw(comparison: Comparison, result: Result, p: Palette, width: number): Drawing {
  const rows = rowsOf(comparison);
  const nameOf = (code: string): string => labelled(result.criteria.find((c) => c.code === code)?.name ?? code);
  const percent = (row: ComparisonRow, value: number): number => (100 * value) / row.a.value;
  const reach = 1.2 * Math.max(1, ...rows.flatMap((r) => [Math.abs(percent(r, r.difference.p5)), Math.abs(percent(r, r.difference.p95))]));
  const left = Math.min(190, Math.round(width * 0.36));
  const interval = (api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
    const row = rows[Number(api.value(0))];
    if (row === undefined) return { type: "group", children: [] };
    const d = row.difference;
    const colour = d.p95 < 0 ? p.good : d.p5 > 0 ? p.alarm : p.soft;
    const at = (value: number): [number, number] => {
      const point = api.coord([percent(row, value), api.value(0)]);
      return [point[0] ?? 0, point[1] ?? 0];
    };
    const [x1, y] = at(d.p5);
    const [x2] = at(d.p95);
    const [x] = at(d.value);
    return {
      type: "group",
      children: [
        { type: "line", shape: { x1, y1: y, x2, y2: y }, style: { stroke: colour, lineWidth: 5, lineCap: "round", opacity: 0.45 } },
        { type: "circle", shape: { cx: x, cy: y, r: 6 }, style: { fill: colour, stroke: p.paper, lineWidth: 1.5 } },
        {
          type: "text",
          style: { text: change(percent(row, d.value)), x, y: y - 9, fill: p.ink, stroke: p.paper, lineWidth: 4, font: `12px ${p.font}`, align: "center", verticalAlign: "bottom" },
        },
      ],
    };
  };
  return {
    height: rows.length * ROW + 44,
    option: {
      ...baseOption(p),
      tooltip: {
        ...baseOption(p).tooltip,
        formatter: (item: unknown) => {
          const row = rows[(item as { dataIndex: number }).dataIndex];
          if (row === undefined) return "";
          const d = row.difference;
          return tooltip([
            nameOf(row.criterion),
            `B is ${change(percent(row, d.value))} of A`,
            `P5–P95: ${change(percent(row, d.p5))} to ${change(percent(row, d.p95))}`,
          ]);
        },
      },
      grid: { left, right: 24, top: 12, bottom: 32 },
      xAxis: {
        type: "value",
        min: -reach,
        max: reach,
        axisLabel: { formatter: (v: number) => tick(v), color: p.soft, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
        splitLine: { lineStyle: { color: p.rule } },
        splitNumber: width < 600 ? 3 : 6,
      },
      yAxis: {
        type: "category",
        inverse: true,
        data: rows.map((r) => nameOf(r.criterion)),
        axisTick: { show: false },
        axisLine: { onZero: true, lineStyle: { color: p.ink, width: 1.5 } },
        axisLabel: { color: p.ink, fontSize: 13, width: left - 14, overflow: "break", lineHeight: 15, margin: 8 },
      },
      series: [
        {
          type: "custom",
          z: 5,
          renderItem: (_params, api) => interval(api),
          encode: { x: [1, 2], y: 0 },
          data: rows.map((r, i) => [i, percent(r, r.difference.p5), percent(r, r.difference.p95)]),
        },
      ],
    },
  };
}

export function comparison(data: Comparison | null, result: Result): Figure | null {
  const element = document.getElementById("chart-comparison");
  if (element === null || data === null || rowsOf(data).length === 0) return null;
  return { element, controls: () => undefined, draw: (p, width) => draw(data, result, p, width) };
}
