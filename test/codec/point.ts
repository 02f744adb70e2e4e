/** The class that the vectors and the tests register under the name `Point`. */
export class Point {
  x: unknown = 0;
  y: unknown = 0;

  sum(): number {
    return Number(this.x) + Number(this.y);
  }
}

export const types = new Map([["Point", Point]]);
