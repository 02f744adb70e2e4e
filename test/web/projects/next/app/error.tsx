"use client";

export default function Failed() {
  return <p>Sorry, this did not work.</p>;
}
