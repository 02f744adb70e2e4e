export const themes = ["auto", "light", "dark"] as const;
export const accents = ["indigo", "teal", "rose", "amber"] as const;
