// Small tools for the page. Text is always set as text, never as markup: what peers say can do nothing here.

/** Makes an element: el('td', { class: 'num' }, 'text', otherElement). */
export function el(name, attributes = {}, ...children) {
  const node = name.startsWith('svg:') ? document.createElementNS('http://www.w3.org/2000/svg', name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'onclick') node.addEventListener('click', value);
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

export const byId = id => document.getElementById(id);

/** Sets text if it has changed, so that a screen reader does not repeat it. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Shows a list of items in a parent, one child each. Children stay what they are as long as their key is there, so focus and selection survive.
 * make(item) makes a child; update(child, item) brings it up to date.
 */
export function sync(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map(child => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = old.get(key);
    if (child) old.delete(key);
    else {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    const place = before ? before.nextElementSibling : parent.firstElementChild;
    if (place !== child) parent.insertBefore(child, place);
    before = child;
  }
  for (const child of old.values()) {
    // Focus does not fall to the top of the page when a row goes.
    if (child.contains(document.activeElement)) focusNear(child);
    child.remove();
  }
}

function focusNear(child) {
  const next = child.nextElementSibling?.querySelector('button') ?? child.previousElementSibling?.querySelector('button');
  if (next) next.focus();
  else {
    const title = child.closest('section')?.querySelector('h2');
    title?.setAttribute('tabindex', '-1');
    title?.focus();
  }
}

/**
 * A table that becomes cards on a phone: the roles are explicit, because its display changes there.
 * columns: { title, class, cell(item) -> string or node, head: whether it names the row }.
 */
export class Table {
  constructor(parent, label, columns, keyOf, empty) {
    this.columns = columns;
    this.keyOf = keyOf;
    this.body = el('tbody', { role: 'rowgroup' });
    this.empty = el('p', { class: 'empty' }, empty);
    this.table = el('table', { role: 'table', 'aria-label': label },
      el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
        ...columns.map(column => el('th', { role: 'columnheader', scope: 'col', class: column.class }, column.title ?? el('span', { class: 'hidden' }, column.label))))),
      this.body);
    this.more = el('p', { class: 'more', hidden: true });
    parent.replaceChildren(this.table, this.more, this.empty);
    this.show([], 0);
  }

  show(items, total) {
    this.table.hidden = items.length === 0;
    this.empty.hidden = items.length > 0;
    this.more.hidden = total <= items.length;
    setText(this.more, `and ${(total - items.length).toLocaleString('en')} more`);
    sync(this.body, items, this.keyOf, () => this.#row(), (row, item) => this.#update(row, item));
  }

  #row() {
    return el('tr', { role: 'row' }, ...this.columns.map(column => column.head
      ? el('th', { role: 'rowheader', scope: 'row', class: column.class, 'data-title': column.title })
      : el('td', { role: 'cell', class: column.class, 'data-title': column.title })));
  }

  #update(row, item) {
    this.columns.forEach((column, i) => {
      const cell = row.children[i];
      const content = column.cell(item, cell);
      if (content === undefined && column.label) return; // It brought the cell up to date itself.
      if (content instanceof Node) cell.replaceChildren(content);
      else setText(cell, content ?? '–');
      cell.toggleAttribute('data-none', content === null || content === undefined || content === '–');
    });
  }
}

/** Bars with names and numbers: a picture and a list at once. items: { name, title, value, tone }. */
export function bars(parent, items, empty) {
  if (items.length === 0) {
    parent.replaceChildren(el('p', { class: 'empty' }, empty));
    return;
  }
  let list = parent.querySelector('ul');
  if (!list) parent.replaceChildren(list = el('ul', { class: 'bars' }));
  const most = Math.max(...items.map(item => item.value), 1);
  sync(list, items, item => item.name,
    item => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' }), el('progress', { max: 100, 'aria-hidden': 'true', class: item.tone }), el('span', { class: 'why' })),
    (child, item) => {
      setText(child.children[0], item.title ?? item.name);
      setText(child.children[1], item.value.toLocaleString('en'));
      child.children[2].value = 100 * item.value / most;
      setText(child.children[3], item.why ?? '');
    });
}

/** 3.2 s, 4m 05s, 2h 14m, 3d 4h. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(seconds % 60)).padStart(2, '0')}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${String(minutes % 60).padStart(2, '0')}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

export function milliseconds(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0 ms';
  return value < 10 ? `${value.toFixed(1)} ms` : value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
}

/** oneOff -> one-off. */
export const words = name => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
