// 200 panels on one dashboard: only what is near the screen is drawn, and no address is asked twice.
import { ready, withPage } from "./browser.mjs";
import { row } from "./rows.mjs";
import { N_PANELS } from "./workspaces.mjs";

export async function panels({ browser, app }) {
  return withPage(browser, {}, async (page, context) => {
    const asked = [];
    context.on("request", (request) => /\/demo\//.test(request.url()) && asked.push(request.url()));
    await page.goto(`${app}?workspace=bench-many`);
    await ready(page);
    await page.waitForTimeout(2_000);
    const { declared, mounted, near } = await page.evaluate(() => {
      const all = [...document.querySelectorAll("[data-panel]")];
      const isNear = (panel) => {
        const { top, bottom } = panel.getBoundingClientRect();
        return bottom > -innerHeight && top < 2 * innerHeight;
      };
      return {
        declared: all.length,
        mounted: all.filter((panel) => panel.querySelector("canvas, table, [data-value]")).length,
        near: all.filter(isNear).length,
      };
    });
    if (declared !== N_PANELS) throw new Error(`${declared} panels stand on the dashboard`);
    const repeated = asked.length - new Set(asked).size;
    return [
      row(`${N_PANELS} panels declared: drawn`, { ours: `${mounted}`, bar: "at most those within a screen", met: mounted > 0 && mounted <= near, note: `${near} within a screen` }),
      row("their requests for an equal address", { ours: `${repeated} repeated`, bar: "none repeated", met: repeated === 0 && asked.length > 0, note: `${asked.length} requests` }),
    ];
  });
}
