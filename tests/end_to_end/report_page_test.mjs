// The one-file report in a real browser, opened from disk: its controls, its pictures, and names of strangers in it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";

import { assertAccessible, assertNoFaults, launch, open, pictures } from "./browser.mjs";

const SANDGLASS = path.resolve("analyzer/serve/sandglass");
const folder = fs.mkdtempSync(path.join(process.env.TEST_TMPDIR ?? "/tmp", "report-"));
const file = path.join(folder, "report.html");
const url = `file://${file}`;
const MOST_BYTES = 3e6;

// A Kineto trace of products and additions, the first of another shape each, so that there are many kinds.
function writeTrace(at, kinds) {
  const traceEvents = [];
  for (let index = 0; index < 2 * kinds; ++index) {
    const rows = 128 * (1 + (index >> 1));
    const product = index % 2 === 0;
    const name = product ? "aten::mm" : "aten::add";
    const shapes = product
      ? [
          [rows, 1024],
          [1024, 1024],
        ]
      : [
          [rows, 1024],
          [rows, 1024],
        ];
    const host = { pid: 10, tid: 11 };
    const id = index + 1;
    traceEvents.push(
      {
        ph: "X",
        cat: "cpu_op",
        name,
        ...host,
        ts: 1000 * index,
        dur: 50,
        args: { "External id": id, "Input Dims": shapes, "Input type": ["float", "float"] },
      },
      {
        ph: "X",
        cat: "cuda_runtime",
        name: "cudaLaunchKernel",
        ...host,
        ts: 1000 * index + 20,
        dur: 5,
        args: { correlation: id },
      },
      {
        ph: "X",
        cat: "kernel",
        name: "kernel",
        pid: 0,
        tid: 7,
        ts: 1000 * index + 60,
        dur: 20,
        args: { correlation: id, device: 0, stream: 7 },
      },
    );
  }
  fs.writeFileSync(at, JSON.stringify({ traceEvents }, null, 1));
}

function sandglass(...words) {
  const done = spawnSync(SANDGLASS, words, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    env: { ...process.env, TMPDIR: folder },
  });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

function dataOf(html) {
  return /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html)[1];
}

let browser;
before(async () => {
  writeTrace(path.join(folder, "run.pt.trace.json"), 40);
  sandglass(
    "report",
    "run.pt.trace.json",
    "--work",
    "1",
    "step",
    "--device",
    "nvidia-h100-sxm",
    "-o",
    file,
    "--moves",
    "h100-sxm,tpu-v6e,trainium2",
  );
  browser = await launch();
});
after(() => browser?.close());

for (const [look, options] of Object.entries({
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 400, height: 800 } },
})) {
  test(`is drawn without errors or requests, and is accessible: ${look}`, async () => {
    const page = await open(browser, url, "file:", options);
    await page.waitForSelector("section");
    for (const name of ["figures", "shares", "close", "coverage", "moves", "sources"]) {
      assert.equal(await page.locator(`section#${name}`).count(), 1, name);
    }
    // The page itself never scrolls sideways: wide tables do, by themselves.
    const [width, wide] = await page.evaluate(() => [
      document.documentElement.clientWidth,
      document.documentElement.scrollWidth,
    ]);
    assert.ok(wide <= width, `${wide} in ${width}`);
    await assertAccessible(page);
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    await assertAccessible(page);
    await page.screenshot({ path: path.join(pictures, `report-${look}.png`), fullPage: true });
    assertNoFaults(page);
  });
}

test("controls change what is shown, by mouse and by keyboard", async () => {
  const page = await open(browser, url, "file:");
  const chart = page.locator("section#figures figure svg");
  await chart.waitFor();
  const energy = await chart.innerHTML();
  await page.locator("section#figures").getByRole("radio", { name: "cost" }).check();
  await page.waitForFunction((was) => document.querySelector("section#figures figure svg")?.innerHTML !== was, energy);
  assert.match(await chart.innerHTML(), /USD\/[^<]*step/);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelector("section#figures figure svg")?.innerHTML.includes("J/step"));
  const close = page.locator("section#close");
  const ids = await close.locator("option").allTextContents();
  assert.ok(ids.includes("nvidia-h100-sxm"), ids.join());
  for (const id of ids) {
    await close.locator("select").selectOption(id);
    assert.match(await close.innerText(), /device time in \d+ kinds of kernels/);
    // Dots of the roofline, and areas of the timeline; plots are drawn a moment later.
    await close.locator("figure").nth(0).locator("[aria-label=dot] circle").nth(5).waitFor({ state: "attached" });
    await close.locator("figure").nth(1).locator("[aria-label=area] path").first().waitFor({ state: "attached" });
  }
  assertNoFaults(page);
});

test("numbers say what they stand on", async () => {
  const page = await open(browser, url, "file:");
  await page.locator(".answer .figure").first().hover();
  const tip = page.locator("[role=tooltip]");
  assert.match(await tip.innerText(), /(assumed|modelled)[\s\S]*range: [\s\S]*source: /);
  await page.keyboard.press("Escape");
  assert.equal(await tip.count(), 0);
  // And without a mouse.
  await page.locator("section#figures summary", { hasText: "classes as a table" }).press("Enter");
  await page.locator("section#figures summary", { hasText: "stands on" }).first().press("Enter");
  assert.match(await page.locator("section#figures details.grounds[open]").innerText(), /energy[\s\S]*source: /);
});

test("shows what the text report shows, digit by digit", async () => {
  const words = ["run.pt.trace.json", "--work", "1", "step", "--device", "nvidia-h100-sxm"];
  const text = sandglass("replay", ...words, "--brief");
  const lines = text.split("\n");
  const ruler = lines.find((line) => line.startsWith("----"));
  const starts = [...ruler.matchAll(/-+/g)].map((match) => [match.index, match.index + match[0].length]);
  const cellsOf = (line) =>
    starts.map(([from, to], column) => line.slice(from, column + 1 < starts.length ? to : undefined).trim());
  const first = lines.indexOf(ruler);
  const titles = cellsOf(lines[first - 1]);
  const wanted = lines.slice(first + 1, lines.indexOf("", first)).map((line) => cellsOf(line).slice(0, 10));
  assert.ok(wanted.length > 30);
  assert.match(titles[2], /^time \[.*\]$/);

  const page = await open(browser, url, "file:");
  await page.waitForSelector("section");
  const shown = await page.$$eval("section#figures table tbody tr", (rows) =>
    rows.map((row) => [...row.children].slice(0, 11).map((cell) => cell.textContent)),
  );
  // Ranges are written otherwise; the page's last columns are what is known, and the precision.
  const asText = shown.map((cells) => cells.map((cell) => cell.replace(" to ", "-")));
  assert.deepEqual(
    asText.map((cells) => cells.slice(0, 10)),
    wanted.map((cells) => cells.slice(0, 10)),
  );
  assert.match(
    await page.locator("section#figures thead").textContent(),
    new RegExp(titles[2].replace(/[[\]/^]/g, "\\$&")),
  );
});

test("what is zero is not unknown, and what is unknown is not zero", async () => {
  const page = await open(browser, url, "file:");
  await page.waitForSelector("section");
  // A machine for molecular dynamics runs none of it; coverage says so in the same words.
  const row = page.locator("section#coverage tbody tr", { has: page.locator("th", { hasText: "deshaw-anton3" }) });
  assert.match(await row.innerText(), /\b0 M\b/);
  assert.doesNotMatch(await row.innerText(), /unknown/);
  const report = JSON.parse(dataOf(fs.readFileSync(file, "utf8")));
  delete report.replay.classes.find((one) => one.silicon_class === "nvidia-h100-sxm").per_unit.usd;
  const changed = path.join(folder, "unpriced.html");
  fs.writeFileSync(
    changed,
    fs.readFileSync(file, "utf8").replace(dataOf(fs.readFileSync(file, "utf8")), () => JSON.stringify(report)),
  );
  const other = await open(browser, `file://${changed}`, "file:");
  const cell = other
    .locator("section#figures tbody tr", { has: other.locator("th", { hasText: /^nvidia-h100-sxm$/ }) })
    .locator("td")
    .nth(5);
  assert.equal(await cell.textContent(), "unknown");
});

test("prints its tables opened", async () => {
  const page = await open(browser, url, "file:");
  await page.waitForSelector("section");
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  for (const one of await page.locator("section details.data").all()) assert.equal(await one.getAttribute("open"), "");
  assert.equal(await page.locator("section#figures table").isVisible(), true);
});

// Whatever text a message holds: it is never HTML, never runs, and cannot reorder what stands beside it.
test("names of strangers are text", async () => {
  const html = fs.readFileSync(file, "utf8");
  const hostile = '</script><script>window.hit=1</script><img src=x onerror="window.hit=2">\u202Eevil\u0007';
  const rename = (value) => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        ["trace_name", "op_class", "shapes", "reason", "stack", "raw_name", "title", "range_source"].includes(key)
          ? hostile
          : key === "names" || key === "warnings" || key === "assumptions"
            ? inner.map(() => hostile)
            : rename(inner),
      ]),
    );
  };
  const data = JSON.stringify(rename(JSON.parse(dataOf(html)))).replaceAll("<", "\\u003c");
  const changed = path.join(folder, "hostile.html");
  fs.writeFileSync(
    changed,
    html.replace(dataOf(html), () => data),
  );
  const page = await open(browser, `file://${changed}`, "file:");
  await page.waitForSelector("section");
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator("img").count(), 0);
  const heading = await page.locator("h1").innerText();
  assert.match(heading, /<img src=x onerror=/);
  assert.doesNotMatch(await page.locator("main").innerText(), /[\u202E\u0007]/);
  assertNoFaults(page);
});

test("a script that is put into the file does not run", async () => {
  const changed = path.join(folder, "script.html");
  fs.writeFileSync(changed, fs.readFileSync(file, "utf8").replace("<main", "<script>window.hit=1</script><main"));
  const page = await open(browser, `file://${changed}`, "file:");
  await page.waitForSelector("section");
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.ok(
    page.faults.some((fault) => fault.includes("Content Security Policy")),
    page.faults.join(),
  );
});

test("prints whole, without controls", async () => {
  const page = await open(browser, url, "file:");
  await page.waitForSelector("section");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav").isVisible(), false);
  assert.equal(await page.locator("section#figures figure svg").isVisible(), true);
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20000);
});

test("equal questions give equal bytes, and thousands of kinds of kernels a small file", () => {
  writeTrace(path.join(folder, "large.pt.trace.json"), 3000);
  const words = ["report", "large.pt.trace.json", "--work", "1", "step", "--device", "nvidia-h100-sxm"];
  const texts = [sandglass(...words), sandglass(...words)].map((text) => text.replace(/"trace_id":"[^"]*"/g, ""));
  assert.ok(texts[0] === texts[1]);
  assert.ok(texts[0].length <= MOST_BYTES, `${texts[0].length}`);
});
