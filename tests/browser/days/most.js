// What each task may take.

/**
 * A talk on a phone takes 12 taps at most: that is promised. Every other number is what the task took when it was
 * first walked, with a tap and a page to spare: a change that costs people more shall be meant, and then stands here.
 */
export const MOST = {
  "task 1, see what is due": { taps: 5, fields: 2, pages: 3 },
  "task 2, write down a talk": { taps: 12, fields: 1, pages: 2 },
  "print a talk and correct it": { taps: 9, fields: 2, pages: 5 },
  "task 1, see what is due in one's school": { taps: 5, fields: 2, pages: 3 },
  "see who is overdue in one's school, and print a dossier": { taps: 5, fields: 0, pages: 4 },
  "assign a liaison": { taps: 7, fields: 1, pages: 5 },
  "hand over to another liaison": { taps: 7, fields: 1, pages: 5 },
  "task 7, keep the pool right": { taps: 22, fields: 6, pages: 14 },
  "task 8, watch the numbers": { taps: 13, fields: 3, pages: 8 },
  "task 9, hold a class from its plan to its results": { taps: 18, fields: 7, pages: 7 },
  // One more of each when the day that was asked for is no working day.
  "see what reminders went out and which would": { taps: 7, fields: 1, pages: 6 },
};
