// Raw colours, sizes and times live in frontend/tokens/ only; everything else names a token.
const raw = {
  "color-no-hex": true,
  "color-named": "never",
  "function-disallowed-list": ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch"],
  "unit-disallowed-list": [
    ["px", "rem", "em", "pt", "ex", "s", "ms"],
    { ignoreMediaFeatureNames: { rem: ["min-width", "max-width", "min-height", "max-height"] } },
  ],
};

export default {
  rules: {
    "block-no-empty": true,
    "declaration-block-no-duplicate-properties": true,
    "declaration-no-important": true,
    "no-duplicate-selectors": true,
    "property-no-unknown": true,
    "selector-max-id": 0,
    "selector-type-no-unknown": [true, { ignore: ["custom-elements"] }],
    "unit-no-unknown": true,
    ...raw,
  },
  overrides: [
    {
      files: ["frontend/tokens/*.css"],
      rules: Object.fromEntries(Object.keys(raw).map((rule) => [rule, null])),
    },
  ],
};
