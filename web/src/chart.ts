// A chart on the page: ECharts with only the parts in use, drawn as SVG, redrawn when width, scheme or paper change.
import { BarChart, CustomChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { EChartsOption } from "echarts";
import { palette, type Palette } from "./page";

use([BarChart, CustomChart, GridComponent, TooltipComponent, SVGRenderer]);

/** What a chart needs to be drawn in a box of `width` CSS pixels. */
export interface Drawing {
  height: number;
  option: EChartsOption;
}

export interface Figure {
  /** The figure's element, which stays hidden until the chart is drawn. */
  element: HTMLElement;
  /** Fills the row of controls and keys above the chart. */
  controls(row: HTMLElement, redraw: () => void): void;
  draw(palette: Palette, width: number): Drawing;
}

// A4 less the margins of the page's print style, in CSS pixels.
const PAPER_WIDTH = 660;

export function baseOption(p: Palette): EChartsOption {
  return {
    animation: false,
    textStyle: { fontFamily: p.font, color: p.ink, fontSize: 13 },
    tooltip: {
      trigger: "item",
      confine: true,
      backgroundColor: p.paper,
      borderColor: p.rule,
      textStyle: { color: p.ink, fontFamily: p.font, fontSize: 13 },
    },
  };
}

/** Draws the figures and keeps them drawn; returns how many there are. Throws what a drawing throws. */
export function show(figures: Figure[]): number {
  const shown = figures.map((figure) => {
    figure.element.hidden = false;
    const box = figure.element.querySelector<HTMLElement>(".chart");
    const row = figure.element.querySelector<HTMLElement>(".controls");
    if (box === null || row === null) throw new Error(`the figure ${figure.element.id} has no place for a chart`);
    const chart: EChartsType = init(box, null, { renderer: "svg", height: 10 });
    const redraw = (paper = false): void => {
      const width = paper ? PAPER_WIDTH : figure.element.clientWidth;
      const drawing = figure.draw(palette(), width);
      row.replaceChildren();
      figure.controls(row, () => redraw());
      chart.resize({ width, height: drawing.height });
      chart.setOption(drawing.option, { notMerge: true });
    };
    redraw();
    return redraw;
  });
  const all = (paper: boolean): void => shown.forEach((redraw) => redraw(paper));
  let width = document.documentElement.clientWidth;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    all(false);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(false));
  addEventListener("beforeprint", () => {
    document.documentElement.dataset["scheme"] = "paper";
    all(true);
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset["scheme"];
    all(false);
  });
  return shown.length;
}
