// SPDX-License-Identifier: BSD-3-Clause
import {setTheme, theme} from '../stop/theme.js';
import {Cell, useCell} from './cell.js';
import {html} from './html.js';

/** Changes whenever colours do. */
export const themeCell = new Cell(theme());

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
  themeCell.changed());

const choices = ['auto', 'light', 'dark'];

export function ThemeChoice() {
  const chosen = useCell(themeCell);
  return html`
    <div class="theme" role="group" aria-label="Colours">
      ${choices.map(each => html`
        <button type="button" key=${each} aria-pressed=${each === chosen}
                onClick=${() => {
                  setTheme(each);
                  themeCell.set(each);
                }}>${each.charAt(0).toUpperCase() + each.slice(1)}</button>`)}
    </div>`;
}
