// Figure: the tornado. How far each input moves the total of one criterion, the largest swing first.
import { baseOption, type Drawing, type Figure } from "./chart";
import { change, key, labelled, palette, tick, tooltip, type Palette } from "./page";
import { totalsOf, type Result, type Sensitivity } from "./result";

const INPUTS = 10;
const BAR = 18;

const swing = (s: Sensitivity): number => Math.abs(s.at_p95 - s.at_p5);

function draw(result: Result, criterion: string, p: Palette, width: number): Drawing {
  const total = totalsOf(result).find((t) => t.criterion.code === criterion)?.total.value ?? 1;
  const inputs = result.sensitivity
    .filter((s) => s.criterion === criterion)
    .sort((a, b) => swing(b) - swing(a))
    .slice(0, INPUTS);
  const percent = (value: number): number => 100 * (value / total - 1);
  const left = Math.min(270, Math.round(width * 0.4));
  // Room at both ends for the labels, the same on both sides so that zero stays where it is.
  const reach = (width < 600 ? 1.7 : 1.25) * Math.max(1e-9, ...inputs.flatMap((s) => [Math.abs(percent(s.at_p5)), Math.abs(percent(s.at_p95))]));
  const side = (name: string, colour: string, at: (s: Sensitivity) => number) => ({
    type: "bar" as const,
    name,
    barWidth: BAR,
    barGap: "-100%",
    itemStyle: { color: colour },
    data: inputs.map((s) => {
      const value = percent(at(s));
      return {
        value,
        label: { position: value < 0 ? ("left" as const) : ("right" as const), show: Math.abs(value) >= 0.05 },
      };
    }),
    label: {
      color: p.soft,
      fontSize: 12,
      formatter: ({ value }: { value?: unknown }) => (typeof value === "number" ? change(value) : ""),
    },
  });
  return {
    height: inputs.length * (BAR + 20) + 40,
    option: {
      ...baseOption(p),
      tooltip: {
        ...baseOption(p).tooltip,
        formatter: (item: unknown) => {
          const s = inputs[(item as { dataIndex: number }).dataIndex];
          if (s === undefined) return "";
          return tooltip([s.name, `at its P5: ${change(percent(s.at_p5))}`, `at its P95: ${change(percent(s.at_p95))}`]);
        },
      },
      grid: { left, right: 16, top: 4, bottom: 32 },
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
        data: inputs.map((s) => s.name),
        axisTick: { show: false },
        axisLine: { onZero: false, show: false },
        axisLabel: { color: p.ink, fontSize: 13, width: left - 14, overflow: "break", lineHeight: 15 },
      },
      series: [
        side("input at its P5", p.accentLight, (s) => s.at_p5),
        side("input at its P95", p.accent, (s) => s.at_p95),
      ],
    },
  };
}

export function sensitivity(result: Result): Figure | null {
  const element = document.getElementById("chart-sensitivity");
  const criteria = totalsOf(result)
    .map((t) => t.criterion)
    .filter((c) => result.sensitivity.some((s) => s.criterion === c.code));
  let chosen = criteria[0]?.code;
  if (element === null || chosen === undefined) return null;
  return {
    element,
    controls: (row, redraw) => {
      for (const c of criteria) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = labelled(c.name);
        button.setAttribute("aria-pressed", String(c.code === chosen));
        button.addEventListener("click", () => {
          chosen = c.code;
          redraw();
          // Redrawing made the buttons anew: the keyboard's place goes to the one that was pressed.
          row.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
        });
        row.append(button);
      }
      const p = palette();
      row.append(
        key([
          { colour: p.accentLight, label: "input at its P5" },
          { colour: p.accent, label: "input at its P95" },
        ]),
      );
    },
    draw: (p, width) => draw(result, chosen ?? "", p, width),
  };
}
