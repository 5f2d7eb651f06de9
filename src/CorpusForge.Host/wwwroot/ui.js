// Loaded before the first paint: the theme is that of the system until somebody chooses one.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const apply = () => { document.documentElement.dataset.theme = chosen() ?? (system.matches ? 'dark' : 'light'); };
  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', apply);

  document.addEventListener('click', e => {
    if (!e.target.closest('[data-theme-toggle]')) return;
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('theme', next); } catch { /* a browser that keeps nothing still switches */ }
    document.documentElement.dataset.theme = next;
  });

  // A problem of a pipeline leads to its place in the text.
  document.addEventListener('click', e => {
    const at = e.target.closest('[data-line]');
    const text = document.getElementById('yaml');
    if (!at || !text) return;
    const lines = text.value.split('\n');
    const start = lines.slice(0, at.dataset.line - 1).reduce((n, l) => n + l.length + 1, 0);
    text.focus();
    text.setSelectionRange(start + Math.max(0, at.dataset.column - 1), start + (lines[at.dataset.line - 1]?.length ?? 0));
    text.scrollTop = (at.dataset.line - 4) * parseFloat(getComputedStyle(text).lineHeight);
  });

  // A dialog keeps the focus by itself only with an answer of the server; this needs none.
  document.addEventListener('keydown', e => {
    const dialog = e.key === 'Tab' && [...document.querySelectorAll('.mud-dialog')].at(-1);
    if (!dialog) return;
    const stops = [...dialog.querySelectorAll('button, a[href], input, select, textarea')].filter(s => !s.disabled && s.tabIndex >= 0 && s.getClientRects().length > 0);
    if (stops.length === 0) return;
    const at = stops.indexOf(document.activeElement);
    e.preventDefault();
    stops[at < 0 ? 0 : (at + (e.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
  }, true);

  // A grid of cells is one stop of the Tab key; the arrows move inside.
  document.addEventListener('keydown', e => {
    const cell = e.target.closest?.('[data-cells] > *');
    if (!cell) return;
    const cells = [...cell.parentElement.children];
    const row = cells.findIndex(c => c.offsetTop > cells[0].offsetTop);
    const columns = row < 0 ? cells.length : row;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[e.key];
    const to = e.key === 'Home' ? 0 : e.key === 'End' ? cells.length - 1 : step === undefined ? -1 : cells.indexOf(cell) + step;
    if (step === undefined && to < 0) return;
    e.preventDefault();
    cells[Math.max(0, Math.min(cells.length - 1, to))].focus();
  });
})();
