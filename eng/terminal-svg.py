"""Renders the output of `tmux capture-pane -e -p` (standard input) as an SVG (standard output)."""
import re
import sys
from html import escape

WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
PALETTE = {0: '#1e1e2e', 1: '#f38ba8', 2: '#a6e3a1', 3: '#f9e2af', 4: '#89b4fa', 5: '#cba6f7', 6: '#94e2d5', 7: '#cdd6f4', 8: '#7f849c', 9: '#f38ba8',
           10: '#a6e3a1', 11: '#f9e2af', 12: '#89b4fa', 13: '#cba6f7', 14: '#94e2d5', 15: '#ffffff'}
TEXT, PAPER = '#cdd6f4', '#1e1e2e'


def colour(number):
    if number < 16:
        return PALETTE[number]
    if number < 232:
        levels = [0, 95, 135, 175, 215, 255]
        number -= 16
        return '#%02x%02x%02x' % (levels[number // 36], levels[number // 6 % 6], levels[number % 6])
    return '#%02x%02x%02x' % ((8 + (number - 232) * 10,) * 3)


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.text, self.paper, self.bold = None, None, False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.split(';')]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code == 1:
                self.bold = True
            elif code == 22:
                self.bold = False
            elif code in (38, 48):
                value = colour(codes[1]) if codes[0] == 5 else '#%02x%02x%02x' % tuple(codes[1:4])
                del codes[:2 if codes[0] == 5 else 4]
                if code == 38:
                    self.text = value
                else:
                    self.paper = value
            elif code == 39:
                self.text = None
            elif code == 49:
                self.paper = None
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.text = colour(code - 30 if code < 90 else code - 82)
            elif 40 <= code <= 47:
                self.paper = colour(code - 40)


lines = sys.stdin.read().rstrip('\n').split('\n')
columns = max(len(re.sub(r'\x1b\[[\d;]*m', '', line)) for line in lines)
width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img"'
       f' aria-label="The live view of connmgr run">',
       f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
       f'<g font-family="ui-monospace,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="14" fill="{TEXT}">']
style = Style()
for row, line in enumerate(lines):
    column, y = 0, MARGIN + row * HEIGHT
    for part in re.split(r'(\x1b\[[\d;]*m)', line):
        if part.startswith('\x1b'):
            style.apply(part[2:-1])
        elif part:
            x, length = MARGIN + column * WIDTH, len(part) * WIDTH
            if style.paper:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{HEIGHT}" fill="{style.paper}"/>')
            if part.strip():
                solid = escape(part).replace(' ', chr(0xa0))
                attributes = (f' fill="{style.text}"' if style.text else '') + (' font-weight="bold"' if style.bold else '')
                out.append(f'<text x="{x:.1f}" y="{y + 13}" textLength="{length:.1f}"{attributes}>{solid}</text>')
            column += len(part)
print('\n'.join(out + ['</g>', '</svg>']))
