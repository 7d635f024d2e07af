// Makes the README's pictures from a report: each is a part of the page as a browser draws it.
//
// Usage, from the top of the repository, after `bazel run //:demo -- --keep STORE`:
//   sandglass --store STORE report demo/transformer-7b-train --precision bf16 --close b200-sxm -o REPORT.html \
//     --on mi300x,trainium2,tpu-v5p,tpu-v6e,tpu-v7,gaudi3,a100-sxm-80gb,h100-sxm,b200-sxm
//   node tests/end_to_end/pictures.mjs REPORT.html

import path from "node:path";

import { launch, open } from "./browser.mjs";

const PARTS = {
  figures: (page) => page.locator("section#figures"),
  kernels: (page) => page.locator("section#close"),
};

const report = process.argv[2];
if (report === undefined) {
  console.error("pictures: which report? Usage: node tests/end_to_end/pictures.mjs REPORT.html");
  process.exit(1);
}
const browser = await launch();
const page = await open(browser, `file://${path.resolve(report)}`, "file:", { viewport: { width: 1000, height: 900 } });
await page.waitForSelector("section#close circle", { state: "attached" });
for (const [name, part] of Object.entries(PARTS)) {
  await part(page).screenshot({ path: `analyzer/web/pictures/${name}.png` });
}
await browser.close();
