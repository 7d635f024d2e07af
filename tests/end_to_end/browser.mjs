// Debian's Chromium, driven by playwright-core, and axe-core, which judges accessibility.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const npm = createRequire(path.resolve("third_party/npm/package.json"));
const { chromium } = npm("playwright-core");
const axe = fs.readFileSync(npm.resolve("axe-core/axe.min.js"), "utf8");

// Where pictures go, for a look by eye.
export const pictures = process.env.TEST_UNDECLARED_OUTPUTS_DIR ?? process.env.TEST_TMPDIR ?? "/tmp";

export async function launch() {
  const profile = fs.mkdtempSync(path.join(process.env.TEST_TMPDIR ?? "/tmp", "home-"));
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    // Tests may run as root, and in containers with a small /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    env: { ...process.env, HOME: profile },
  });
}

// A page that remembers what it may not do: errors, and requests to anywhere but `origin`.
export async function open(browser, url, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") page.faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    page.faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) page.faults.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

export function assertNoFaults(page) {
  assert.deepEqual(page.faults, []);
}

// No fault of accessibility that axe-core calls serious or critical.
export async function assertAccessible(page) {
  // Added from the driver's side, so that the page's own policy does not hold it back.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run();
    return result.violations
      .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
      .map((violation) => `${violation.id}: ${violation.nodes[0].html.slice(0, 200)}`);
  });
  assert.deepEqual(violations, []);
}
