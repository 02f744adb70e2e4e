import { leave } from "./actions";

export default function Leave() {
  return (
    <form action={leave}>
      <input name="bad" defaultValue="no" />
      <button>Leave</button>
    </form>
  );
}
