/** Secrets of these tests. */
export const SECRET_A = "7mVt0sJ3rY8kQ2xN5bPzW1aLdEoCfHgU";
export const SECRET_B = "q9Zs4XcV6uM1jR7tKyB3nD8wGhFpTiOe";
export const SECRET_C = "Lx5Jf2Wb8Qv0Nz3Hc7Ty1Km6Rd9Ps4Ga";
