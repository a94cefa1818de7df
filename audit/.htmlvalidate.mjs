// What "valid HTML" means here: the rules of the HTML standard, of a whole document, and of accessibility.
export default {
  root: true,
  extends: ["html-validate:standard", "html-validate:document", "html-validate:a11y"],
  rules: {
    // Style sheets and scripts come from the page's own host under a strict policy; nothing is loaded from elsewhere.
    "require-sri": "off",
    // Safari no longer tells that a list is one where CSS takes its marks away; role="list" keeps it said.
    "no-redundant-role": "off",
    // ARIA lets a list have a name; that of the reactions says what they are.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    "prefer-native-element": ["error", { exclude: ["list"] }],
  },
};
