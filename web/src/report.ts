// The script of report.html: draws the charts beside the page's tables, and says on the root element that it has.
import { show, type Figure } from "./chart";
import { comparison } from "./comparison";
import { lifeCycle } from "./life_cycle";
import { readComparison, readResult } from "./result";
import { sensitivity } from "./sensitivity";

const root = document.documentElement;
try {
  const result = readResult();
  const figures = [lifeCycle(result), comparison(readComparison(), result), sensitivity(result)];
  root.dataset["charts"] = String(show(figures.filter((f): f is Figure => f !== null)));
} catch (error) {
  // The tables say everything the charts would: they stay, and the page says what happened to who looks for it.
  root.dataset["charts"] = "failed";
  for (const figure of document.querySelectorAll<HTMLElement>(".needs-script")) figure.hidden = true;
  console.error("cradle: the charts could not be drawn", error);
}
