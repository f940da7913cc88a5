// Charts over time, as SVG: lines, or bars that are stacked. Colours are the style sheet's.
import { el, setText } from '/dom.js';

const HEIGHT = 150;
const LEFT = 38;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;
const BARS = 60;

/** A number that a scale can end at: 1, 2 or 5 times a power of ten. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value);
}

const ago = seconds => seconds >= 3600 ? `${Math.round(seconds / 3600)} h ago` : seconds >= 60 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds)} s ago`;

/**
 * One chart. kind: 'lines' or 'bars'. series: { title, tone, value(point), isBelow, isDashed, isArea }, value may be null.
 * Arrow keys and the pointer walk through time; the legend shows the values there, otherwise the last ones.
 */
export class Chart {
  constructor(parent, { title, kind, series, format = value => value.toLocaleString('en') }) {
    Object.assign(this, { title, kind, series, format });
    this.points = [];
    this.at = null;
    this.svg = el('svg:svg', { 'aria-hidden': 'true', focusable: 'false' });
    this.plot = el('div', { class: 'plot', tabindex: '0', role: 'img' }, this.svg);
    this.when = el('span', { class: 'when' });
    this.values = series.map(() => el('span', { class: 'value' }));
    const legend = el('ul', { class: 'legend' }, ...series.map((one, i) =>
      el('li', {}, el('span', { class: `key ${one.tone}${one.isDashed ? ' dashed' : ''}` }), `${one.title} `, this.values[i])));
    parent.append(el('figure', { class: 'card chart' }, el('figcaption', {}, el('h3', {}, title), this.when), this.plot, legend));
    this.plot.addEventListener('pointermove', event => this.#walkTo(event.offsetX));
    this.plot.addEventListener('pointerleave', () => this.#walk(null));
    this.plot.addEventListener('blur', () => this.#walk(null));
    this.plot.addEventListener('keydown', event => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(this.plot);
  }

  /** Shows points, the oldest first; step is the length of each in seconds. */
  show(points, step, longest) {
    this.points = points;
    this.step = step;
    this.longest = longest;
    if (!document.hidden) this.#draw();
  }

  #draw() {
    const width = this.plot.clientWidth;
    if (width === 0) return;
    this.width = width;
    this.svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    this.svg.setAttribute('height', HEIGHT);
    const end = this.points.at(-1)?.time ?? 0;
    const begun = this.points[0]?.time ?? 0;
    this.seconds = Math.min(Math.max((end - begun) / 1000, this.step * 60), this.longest);
    this.end = end;
    this.columns = this.kind === 'bars' ? this.#pieces() : this.points.filter(point => point.time >= end - this.seconds * 1000);
    const [low, high] = this.#range();
    this.scale = value => TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low);
    const parts = this.#grid(low, high);
    if (this.points.length > 0) parts.push(...(this.kind === 'bars' ? this.#bars() : this.#lines()));
    parts.push(this.cursor = el('svg:line', { class: 'cursor', y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' }));
    this.svg.replaceChildren(...parts);
    if (this.at !== null && this.at >= this.columns.length) this.at = null;
    this.#tell();
  }

  #x(time) {
    return LEFT + (this.width - LEFT - RIGHT) * (1 - (this.end - time) / (this.seconds * 1000));
  }

  #range() {
    let [low, high] = [0, 0];
    for (const column of this.columns) {
      let [below, above] = [0, 0];
      for (const one of this.series) {
        const value = one.value(column) ?? 0;
        if (this.kind === 'lines') above = Math.max(above, value);
        else if (one.isBelow) below += value;
        else above += value;
      }
      low = Math.min(low, -below);
      high = Math.max(high, above);
    }
    return [low < 0 ? -nice(-low) : 0, nice(Math.max(high, 1))];
  }

  #grid(low, high) {
    const ticks = low < 0 ? [low, 0, high] : [0, high / 2, high];
    const parts = ticks.flatMap(tick => {
      const y = this.scale(tick);
      return [
        el('svg:line', { class: tick === 0 ? 'axis' : 'grid', x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y }),
        el('svg:text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, this.format(Math.abs(tick), true)),
      ];
    });
    if (this.step) parts.push(el('svg:text', { x: LEFT, y: HEIGHT - 5 }, ago(this.seconds))); // Before the first points, the span is unknown.
    parts.push(
      el('svg:text', { x: this.width - RIGHT, y: HEIGHT - 5, 'text-anchor': 'end' }, 'now'));
    return parts;
  }

  /** Points added up, so many that each has a bar that can be seen. */
  #pieces() {
    const length = Math.max(Math.ceil(this.seconds / this.step / BARS), 1) * this.step * 1000;
    const pieces = new Map();
    for (const point of this.points) {
      if (point.time <= this.end - this.seconds * 1000) continue;
      const key = Math.floor(point.time / length);
      let piece = pieces.get(key);
      if (!piece) pieces.set(key, piece = { time: Math.min((key + 1) * length, this.end), from: key * length, to: (key + 1) * length, failed: {}, connected: 0, disconnected: 0, givenUp: 0, refused: 0 });
      piece.connected += point.connected;
      piece.disconnected += point.disconnected;
      piece.givenUp += point.givenUp;
      piece.refused += point.refused;
      for (const [cause, count] of Object.entries(point.failed)) piece.failed[cause] = (piece.failed[cause] ?? 0) + count;
    }
    return [...pieces.values()];
  }

  #bars() {
    return this.columns.flatMap(column => {
      let [above, below] = [0, 0];
      const left = Math.max(this.#x(column.from), LEFT);
      const right = Math.min(this.#x(column.to), this.width - RIGHT);
      return this.series.flatMap(one => {
        const value = one.value(column) ?? 0;
        if (value === 0) return [];
        const from = one.isBelow ? -(below += value) : above;
        if (!one.isBelow) above += value;
        return [el('svg:rect', {
          class: one.tone, x: left + 0.5, width: Math.max(right - left - 1, 1), y: this.scale(from + value), height: Math.max(this.scale(from) - this.scale(from + value), 1),
        })];
      });
    });
  }

  #lines() {
    return this.series.flatMap(one => {
      let path = '';
      let pen = 'M';
      let first = null;
      let last = null;
      for (const column of this.columns) {
        const value = one.value(column);
        if (value === null || value === undefined) {
          if (!one.isSparse) pen = 'M';
          continue;
        }
        const x = this.#x(column.time);
        path += `${pen}${x.toFixed(1)} ${this.scale(value).toFixed(1)}`;
        pen = 'L';
        first ??= x;
        last = x;
      }
      if (path === '') return [];
      const line = el('svg:path', { class: `line ${one.tone}${one.isDashed ? ' dashed' : ''}`, d: path });
      return one.isArea ? [el('svg:path', { class: `area ${one.tone}`, d: `${path}L${last.toFixed(1)} ${this.scale(0)}L${first.toFixed(1)} ${this.scale(0)}Z` }), line] : [line];
    });
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
    if (!step || this.columns.length === 0) return;
    event.preventDefault();
    this.#walk(Math.min(Math.max((this.at ?? this.columns.length - 1) + step, 0), this.columns.length - 1));
  }

  #walkTo(x) {
    if (this.columns.length === 0) return;
    let best = 0;
    this.columns.forEach((column, i) => {
      if (Math.abs(this.#x(column.time) - x) < Math.abs(this.#x(this.columns[best].time) - x)) best = i;
    });
    this.#walk(best);
  }

  #walk(at) {
    this.at = at;
    this.#tell();
  }

  #tell() {
    const column = this.columns?.[this.at ?? this.columns.length - 1];
    if (this.cursor) {
      this.cursor.setAttribute('visibility', this.at === null || !column ? 'hidden' : 'visible');
      if (column) {
        const x = this.#x(column.time);
        this.cursor.setAttribute('x1', x);
        this.cursor.setAttribute('x2', x);
      }
    }
    const texts = this.series.map((one, i) => {
      const value = column ? one.value(column) : null;
      const text = value === null || value === undefined ? '–' : this.format(value);
      setText(this.values[i], text);
      return `${one.title} ${text}`;
    });
    const when = this.at === null || !column ? '' : new Date(column.time).toLocaleTimeString();
    setText(this.when, when);
    this.plot.setAttribute('aria-label', `${this.title}, ${when || 'now'}: ${texts.join(', ')}. Arrow keys walk through time.`);
  }
}
