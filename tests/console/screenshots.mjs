// Pictures of each route in both themes at three widths: node screenshots.mjs FOLDER [ROUTE…]. To be looked at.
import { mkdirSync } from 'node:fs';
import { launch, newPage, ROUTES, settled, startMock } from './browser.mjs';

const [folder, ...only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const mock = await startMock();
const browser = await launch();
const sizes = (process.env.SIZES ?? '360,1280,1920').split(',').map(Number), themes = (process.env.THEMES ?? 'light,dark').split(',');
try {
  for (const colorScheme of themes) {
    for (const width of sizes) {
      const { page, context, complaints } = await newPage(browser, { viewport: { width, height: width === 360 ? 740 : width === 1280 ? 800 : 1080 }, colorScheme });
      for (const [name, url] of ROUTES.filter(r => only.length === 0 || only.includes(r[0]))) {
        if (name === 'login') await mock.control('login/on');
        await page.goto(mock.origin + '/console' + url);
        await settled(page);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: !/million|files/.test(name) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (wide > 0) console.log(`${name} at ${width}: ${wide} px too wide`);
        if (name === 'login') await mock.control('login/off');
      }
      if (complaints.length) console.log(width, colorScheme, complaints);
      await context.close();
    }
  }
} finally {
  await browser.close();
  mock.stop();
}
